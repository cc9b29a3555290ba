import { Refusal } from '../../../events/index.ts';

/** A secret that nothing prints: inspecting, serialising or concatenating it shows no part of its text. */
export class ApiKey {
  readonly #text: string;

  /** `text` is empty for a server that asks for none. Refusal ARGUMENT_INVALID says `where` it comes from. */
  constructor(text: string, where: string) {
    // Said here, because the HTTP client would quote the value in its error.
    if (!/^[\u0021-\u007E]*$/.test(text))
      throw new Refusal(
        'ARGUMENT_INVALID',
        `${where} has a blank, a line break or a letter outside ASCII in it: check how it is set`,
      );
    this.#text = text;
  }

  /** For the request header, for comparing, and for finding it in what a server echoes. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[key]';
  }
}
