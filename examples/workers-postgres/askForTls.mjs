/** PostgreSQL's SSLRequest: its own length, then 1234 and 5679 in the place of a version. */
const sslRequest = new Uint8Array([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** Connects a socket, and starts TLS on it once the server says that it will. */
export function askForTls(socket, port, host) {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("data", (answer) => {
      // One byte, and nothing behind it: somebody on the way could have put it there.
      if (answer.length !== 1 || answer[0] !== 0x53) {
        socket.destroy(new Error("the server does not agree to TLS"));
        return;
      }
      try {
        socket.startTls();
      } catch (error) {
        socket.destroy(error);
        return;
      }
      socket.off("error", reject);
      resolve(socket);
    });
    socket.connect(port, host, () => socket.write(sslRequest));
  });
}
