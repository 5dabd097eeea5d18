/** The characters of one speech that providers were given, and the model that spoke them. */
export class SentCharacters {
  private _characters = 0;

  constructor(private _model: string) {}

  get characters(): number {
    return this._characters;
  }

  /** The model that was asked for, or the engine of a provider that has none. */
  get model(): string {
    return this._model;
  }

  add(characters: number, model: string): void {
    this._characters += characters;
    this._model = model;
  }

  /** A provider that fails before its first byte charges nothing. */
  takeBack(characters: number): void {
    this._characters -= characters;
  }
}
