import type { Dialogue } from "./dialogue.ts";
import { StarttlsError } from "./starttlsError.ts";

/** PostgreSQL's SSLRequest: its own length, then 1234 and 5679 in the place of a version. */
const sslRequest = new Uint8Array([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** PostgreSQL manual, "SSL Session Encryption": one byte answers, S or N. */
export async function postgres(dialogue: Dialogue): Promise<void> {
  dialogue.sayBytes(sslRequest, "SSLRequest");
  const answer = await dialogue.byte();
  if (answer === "S") return;
  throw answer === "N"
    ? new StarttlsError("starttls_refused", "the server answered SSLRequest with N: it has TLS switched off")
    : new StarttlsError(
        "starttls_malformed",
        `the server answered SSLRequest with ${JSON.stringify(answer)}, where S or N was expected`,
      );
}
