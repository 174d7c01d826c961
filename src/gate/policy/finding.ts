/** Something wrong with a policy that can be seen without any call. */
export interface Finding {
  /** Where, below `gate`. */
  path: string[];
  /** True when it is about the key and not its value. */
  key: boolean;
  /** Follows the path's name in a sentence, and says what to do. */
  message: string;
}
