/** Why a message is not read, by the code of src/ddex/problem-codes.ts, and where: counted in UTF-16 from the text's start. */
export class Refusal extends Error {
  readonly code: string;
  readonly at: number;

  constructor(code: string, at: number) {
    super(code);
    this.code = code;
    this.at = at;
  }
}
