/** What set-up says and asks: in a terminal to a person, or to nobody in an unattended run. */
export interface Talk {
  begin(title: string): void;
  /** A step: its name, and what to do. What is said may have several lines, here and below. */
  step(name: string, lines?: readonly string[]): void;
  /** As it is, without a frame: to be copied whole. */
  link(url: string): void;
  done(text: string): void;
  warn(text: string): void;
  wrong(text: string): void;
  end(text: string): void;
  /** Waits for work, and lets nobody type meanwhile. Rejects with Interrupted at Ctrl+C. */
  busy<T>(text: string, work: () => Promise<T>): Promise<T>;
  /** What is typed or pasted is not shown. `fault` says what is wrong with it. Rejects with Interrupted at Ctrl+C, as all that ask. */
  secret(question: { message: string; fault(value: string): string | undefined }): Promise<string>;
  text(question: { message: string; fault(value: string): string | undefined }): Promise<string>;
  choose<T>(question: { message: string; options: Choice<T>[] }): Promise<T>;
  confirm(question: { message: string; usual: boolean }): Promise<boolean>;
}

interface Choice<T> {
  value: T;
  label: string;
  hint?: string;
}

/** Somebody pressed Ctrl+C. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}
