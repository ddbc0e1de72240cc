/** Something about the command line, said in one line that tells what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
