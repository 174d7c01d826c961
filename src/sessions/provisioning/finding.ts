/** Something wrong with what bridge.yaml declares that its shape alone does not show. */
export interface Finding {
  /** Where, from the top of the file. */
  path: string[];
  /** True when it is about the key and not its value. */
  key: boolean;
  /** Follows the path's name in a sentence, and says what to do. */
  message: string;
}
