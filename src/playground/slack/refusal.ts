/** A Web API call that Slack answers with `ok: false`: HTTP 200, the error's name, and what is wrong in words. */
export class Refusal extends Error {
  readonly code: string;
  readonly details: string[];
  readonly fields: Record<string, unknown>;

  constructor(code: string, details: string[] = [], fields: Record<string, unknown> = {}) {
    super(details.length > 0 ? `${code}: ${details.join('; ')}` : code);
    this.name = 'Refusal';
    this.code = code;
    this.details = details;
    this.fields = fields;
  }
}

/** A refusal of the playground's JSON API: a person tried something that cannot be done. The sentence says what to do. */
export class PersonRefusal extends Error {
  readonly code: string;

  constructor(code: string, sentence: string) {
    super(sentence);
    this.name = 'PersonRefusal';
    this.code = code;
  }
}
