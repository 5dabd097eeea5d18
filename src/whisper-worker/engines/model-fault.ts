/** A model cannot be used. The message is one line without a path of this machine: the file, what is wrong with it, what to do. */
export class ModelFault extends Error {
  override readonly name = 'ModelFault';
}
