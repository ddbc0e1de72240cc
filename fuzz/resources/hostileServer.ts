// A process of its own, so that what it does costs its clients nothing: a server whose connections each misbehave in one way,
// in turn. Says its port, begins to flood once it is told to, and ends with who started it.

import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { honest } from "../../lab/honest.ts";
import { RecordWire } from "../../lab/recordWire.ts";
import { data, keyUpdate, type Script, type Step, upTo } from "../../lab/script.ts";
import { LabServer } from "../../lab/server.ts";
import { webCryptoSigner } from "../../lab/signer.ts";
import { parsePublicKey } from "../../src/crypto/parsePublicKey.ts";
import { defaultProvider as provider } from "../../src/crypto/provider/node.ts";
import { handshakeSchemesFor } from "../../src/crypto/signatureSchemes.ts";
import { encodeMessage } from "../../src/messages/handshake.ts";
import { duplexTransport } from "../../src/node/duplexTransport.ts";
import { makeChain } from "../../test/certificates.ts";
import { misbehaviours } from "./misbehaviours.ts";

const chain = makeChain({ names: ["localhost"] });
const credentials = {
  certificates: chain.sent,
  schemes: handshakeSchemesFor(parsePublicKey(chain.leafKey.spki)),
  sign: webCryptoSigner(chain.leafKey.pkcs8),
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function lab(socket: net.Socket, edit?: (script: Script) => Script): LabServer {
  const bends = edit === undefined ? {} : { script: edit };
  return new LabServer(new RecordWire(provider, duplexTransport(socket, undefined)), {
    provider,
    credentials,
    bends,
  });
}

/** Every connection shall be open before the first of them floods. */
const started = once(process, "message");

/** The same steps again and again, as fast as the client takes them. */
async function flood(socket: net.Socket, steps: Script): Promise<void> {
  const server = lab(socket);
  await server.outcome;
  await started;
  while (!socket.destroyed && server.failure === undefined) {
    await server.perform(...steps);
    if (socket.writableLength > 2 ** 20) await Promise.race([once(socket, "drain"), once(socket, "close")]);
    else await turn();
  }
}

const ticket: Step = {
  name: "NewSessionTicket",
  kind: "message",
  transcript: false,
  make: async (context) => encodeMessage("NewSessionTicket", await honest.NewSessionTicket(context)).bytes,
};

const fifty = (...steps: readonly Step[]): Script => Array.from({ length: 50 }, () => steps).flat();

const ways: Readonly<Record<(typeof misbehaviours)[number], (socket: net.Socket) => void>> = {
  "says nothing": () => {},
  "drips a byte at a time": (socket) => {
    const drip = setInterval(() => socket.write(new Uint8Array(1)), 100);
    socket.write(new Uint8Array([22, 3, 3, 64]));
    socket.on("close", () => clearInterval(drip));
  },
  "stops within its Certificate": (socket) => void lab(socket, upTo("EncryptedExtensions")),
  "says what is no TLS": (socket) => void socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"),
  "floods tickets": (socket) => void flood(socket, fifty(ticket)),
  "floods records of one byte": (socket) => void flood(socket, fifty(data(new Uint8Array(1)))),
  "floods KeyUpdates": (socket) => void flood(socket, fifty(data(new Uint8Array(1)), ...keyUpdate(1))),
  "stops reading": (socket) => {
    const server = lab(socket);
    void server.outcome.then(() => socket.pause());
  },
};

let count = 0;
const hostile = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", () => {});
  const way = misbehaviours[count++ % misbehaviours.length] as (typeof misbehaviours)[number];
  ways[way](socket);
});
hostile.listen(0, "127.0.0.1", 2048);
await once(hostile, "listening");
process.send?.({ port: (hostile.address() as AddressInfo).port, root: chain.rootPem });
process.once("disconnect", () => process.exit(0));
