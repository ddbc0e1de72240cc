import type net from "node:net";
import tls from "node:tls";
import { describe, expect, test } from "vitest";
import type { StarttlsProtocol } from "../../src/starttls/protocols.ts";
import { trusting } from "./files.ts";
import { jsonLines, type Outcome, type Running, shown, tcpServer, tls13 } from "./harness.ts";

/** What a fake server says to each line of the client's; an array's last element is sent together with the go-ahead. */
type Script = (line: string) => string | { readonly goAhead: string } | undefined;

const echo = (socket: tls.TLSSocket): void => {
  socket.on("error", () => {});
  socket.once("data", (data) => socket.end(`secret ${data}`));
};

/** A server that begins in clear text. */
function clearServer(greeting: string, script: Script): Promise<Running> {
  return tcpServer((socket) => {
    socket.write(greeting);
    const listen = (data: Buffer): void => {
      for (const line of data
        .toString("latin1")
        .split("\r\n")
        .filter((one) => one !== "")) {
        const answer = script(line);
        if (answer === undefined) continue;
        if (typeof answer === "string") socket.write(answer, "latin1");
        else {
          socket.off("data", listen);
          socket.write(answer.goAhead, "latin1");
          upgrade(socket);
        }
      }
    };
    socket.on("data", listen);
  });
}

function upgrade(socket: net.Socket): void {
  echo(new tls.TLSSocket(socket, { isServer: true, ...shown(), minVersion: "TLSv1.3" }));
}

function over(protocol: StarttlsProtocol, { target }: Running, ...more: string[]): Promise<Outcome> {
  return tls13(["connect", target, "--starttls", protocol, ...trusting(), ...more], { stdin: "hello" });
}

function expectRefusal({ code, stdout, stderr }: Outcome, errorCode: string, words: string): void {
  expect(stderr).toContain(`code ${errorCode}`);
  expect(stderr.replaceAll(/\s+/g, " ")).toContain(words);
  expect(stderr).not.toContain("TLS 1.3 with");
  expect(stdout.length).toBe(0);
  expect(code).toBe(3);
}

describe("SMTP", () => {
  const smtp = (
    goAhead: string,
    capabilities = "250-mail.example.net\r\n250-PIPELINING\r\n250 STARTTLS\r\n",
  ) =>
    clearServer("220-mail.example.net\r\n220 ESMTP\r\n", (line) =>
      line === "EHLO [127.0.0.1]" ? capabilities : line === "STARTTLS" ? { goAhead } : "500 what?\r\n",
    );

  test("greeting, EHLO, STARTTLS, and TLS", async () => {
    const { code, stdout, stderr } = await over("smtp", await smtp("220 go ahead\r\n"));
    expect(stdout.toString()).toBe("secret hello");
    expect(stderr).toMatch(/TCP [\d.]+ → STARTTLS [\d.]+ → hello sent/);
    expect(code).toBe(0);
  });

  test("what comes behind the go-ahead is refused", async () => {
    const outcome = await over("smtp", await smtp("220 go ahead\r\n250 injected\r\n"));
    expectRefusal(outcome, "starttls_injected", "14 bytes came in clear text before TLS began");
  });

  test("so is a go-ahead that comes before it was asked for", async () => {
    const early = "250-mail\r\n250 STARTTLS\r\n220 go ahead\r\n";
    const outcome = await over("smtp", await smtp("", early));
    expectRefusal(outcome, "starttls_injected", "came in clear text before STARTTLS");
  });

  test("a server without STARTTLS, or that refuses it", async () => {
    const without = await over("smtp", await smtp("", "250-mail\r\n250 XSTARTTLS\r\n"));
    expectRefusal(without, "starttls_refused", "the server does not offer STARTTLS");
    const refusal = await over("smtp", await smtp("454 TLS not available\r\n"));
    expectRefusal(refusal, "starttls_refused", "the server answered STARTTLS with 454 TLS not available");
    const greeting = await over("smtp", await clearServer("554 go away\r\n", () => undefined));
    expectRefusal(greeting, "starttls_refused", "the server greeted with 554 go away");
  });

  test("a server that speaks something else", async () => {
    const outcome = await over("smtp", await clearServer("SSH-2.0-OpenSSH\r\n", () => undefined));
    expectRefusal(outcome, "starttls_malformed", 'the server does not speak SMTP: "SSH-2.0-OpenSSH"');
    const mixed = await over("smtp", await clearServer("220-a\r\n250 b\r\n", () => undefined));
    expectRefusal(mixed, "starttls_malformed", "the server does not speak SMTP");
  });

  test("lines and replies without end", async () => {
    const long = await over("smtp", await clearServer(`220 ${"x".repeat(100_000)}`, () => undefined));
    expectRefusal(long, "starttls_malformed", "the server said a line of more than 8192 bytes");
    const many = await over("smtp", await clearServer("220-x\r\n".repeat(1000), () => undefined));
    expectRefusal(many, "starttls_malformed", "the server said more than 256 lines");
  });

  test("a server that says nothing, or that closes", async () => {
    const silent = await over("smtp", await tcpServer(() => {}), "--timeout", "150");
    expectRefusal(silent, "timeout", "TLS was not reached within 150 ms");
    const closing = await over("smtp", await tcpServer((socket) => socket.end("220-mail")));
    expectRefusal(closing, "starttls_ended", "the server closed the connection before TLS began");
  });

  test("words that would move the cursor are shown as what they are", async () => {
    const { stderr } = await over("smtp", await clearServer("554 \x1b[2Jgone\r\n", () => undefined));
    expect(stderr).toContain("554 \\u{1b}[2Jgone");
    expect(stderr).not.toContain("\x1b[2J");
  });
});

describe("IMAP", () => {
  const imap = (
    answer: (tag: string) => string,
    greeting = "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n",
  ) =>
    clearServer(greeting, (line) => {
      const [tag = "", command] = line.split(" ");
      const text = answer(tag);
      return command !== "STARTTLS" ? "* BAD\r\n" : text.includes(" OK") ? { goAhead: text } : text;
    });

  test("greeting, a tagged STARTTLS, and TLS", async () => {
    const server = await imap((tag) => `* CAPABILITY IMAP4rev1\r\n${tag} OK begin\r\n`);
    const { code, stdout } = await over("imap", server);
    expect(stdout.toString()).toBe("secret hello");
    expect(code).toBe(0);
  });

  test("what comes behind the go-ahead is refused", async () => {
    const outcome = await over("imap", await imap((tag) => `${tag} OK begin\r\n* 1 EXISTS\r\n`));
    expectRefusal(outcome, "starttls_injected", "12 bytes came in clear text before TLS began");
  });

  test("nobody can answer before the question: the tag is not to be guessed", async () => {
    const greeting = "* OK ready\r\na1 OK begin\r\nt00000000 OK begin\r\n";
    const outcome = await over("imap", await imap(() => "", greeting));
    expectRefusal(outcome, "starttls_refused", "the server answered STARTTLS with a1 OK begin");
  });

  test("a refusal, a session that is past its login, another protocol", async () => {
    const refusal = await over("imap", await imap((tag) => `${tag} NO not here\r\n`));
    expectRefusal(refusal, "starttls_refused", "NO not here");
    const past = await over("imap", await imap(() => "", "* PREAUTH logged in\r\n"));
    expectRefusal(past, "starttls_refused", "the server greeted with * PREAUTH logged in");
    const other = await over("imap", await imap(() => "", "+OK POP3\r\n"));
    expectRefusal(other, "starttls_malformed", "the server does not speak IMAP");
  });
});

describe("PostgreSQL", () => {
  const postgres = (answer: string) =>
    tcpServer((socket) => {
      socket.once("data", (data) => {
        expect(data.toString("hex")).toBe("0000000804d2162f");
        socket.write(answer, "latin1");
        if (answer.startsWith("S")) upgrade(socket);
      });
    });

  test("SSLRequest, S, and TLS", async () => {
    const { code, stdout, stderr } = await over("postgres", await postgres("S"), "--json");
    expect(stdout.toString()).toBe("secret hello");
    expect(code).toBe(0);
    expect(jsonLines(stderr).filter(({ kind }) => kind === "starttls")).toMatchObject([
      { direction: "out", line: "SSLRequest" },
      { direction: "in", line: "S" },
    ]);
  });

  test("what comes behind the S is refused (CVE-2021-23222)", async () => {
    const outcome = await over("postgres", await postgres("SR\0\0\0\b\0\0\0\0"));
    expectRefusal(outcome, "starttls_injected", "9 bytes came in clear text before TLS began");
  });

  test("a refusal, and an answer that is none", async () => {
    expectRefusal(await over("postgres", await postgres("N")), "starttls_refused", "SSLRequest with N");
    expectRefusal(
      await over("postgres", await postgres("E")),
      "starttls_malformed",
      'the server answered SSLRequest with "E", where S or N was expected',
    );
  });
});
