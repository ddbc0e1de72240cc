/* A TLS 1.3 server on wolfSSL that sends back what it gets. A line **REKEY** has it move its keys on. One connection at a time.
   Arguments: chain, key, roots of clients or "-", early data or "-", key of the PSK "a_client" in hexadecimal or "-". */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned char psk[64];
static unsigned int psk_length;

static unsigned int find_psk(WOLFSSL *ssl, const char *identity, unsigned char *key, unsigned int most, const char **suite) {
  (void)ssl;
  if (strcmp(identity, "a_client") != 0 || psk_length > most) return 0;
  memcpy(key, psk, psk_length);
  *suite = "TLS13-AES128-GCM-SHA256";
  return psk_length;
}

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static int write_all(WOLFSSL *ssl, const char *bytes, int length) {
  return wolfSSL_write(ssl, bytes, length) == length;
}

static void serve(WOLFSSL *ssl, int early) {
  static char buffer[16384];
  int length = 0;
#ifdef WOLFSSL_EARLY_DATA
  if (early) {
    static char kept[16384];
    int total = 0;
    while (wolfSSL_read_early_data(ssl, kept + total, (int)sizeof kept - total, &length) > 0 && length > 0) total += length;
    if (wolfSSL_accept(ssl) != WOLFSSL_SUCCESS) return;
    if (total > 0 && !write_all(ssl, kept, total)) return;
  } else
#else
  (void)early;
#endif
  if (wolfSSL_accept(ssl) != WOLFSSL_SUCCESS) {
    return;
  }
  while ((length = wolfSSL_read(ssl, buffer, sizeof buffer)) > 0) {
    if (length == 10 && memcmp(buffer, "**REKEY**\n", 10) == 0) {
      if (wolfSSL_update_keys(ssl) != WOLFSSL_SUCCESS) return;
    } else if (!write_all(ssl, buffer, length)) {
      return;
    }
  }
  wolfSSL_shutdown(ssl);
}

int main(int count, char **arguments) {
  if (count != 6) fail("five arguments");
  signal(SIGPIPE, SIG_IGN);
  wolfSSL_Init();
  WOLFSSL_CTX *context = wolfSSL_CTX_new(wolfTLSv1_3_server_method());
  if (wolfSSL_CTX_use_certificate_chain_file(context, arguments[1]) != WOLFSSL_SUCCESS) fail("the chain can't be read");
  if (wolfSSL_CTX_use_PrivateKey_file(context, arguments[2], WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS) fail("the key can't be read");
  if (strcmp(arguments[3], "-") != 0) {
    if (wolfSSL_CTX_load_verify_locations(context, arguments[3], NULL) != WOLFSSL_SUCCESS) fail("the roots can't be read");
    wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  }
  int early = strcmp(arguments[4], "-") != 0;
#ifdef WOLFSSL_EARLY_DATA
  if (early) wolfSSL_CTX_set_max_early_data(context, 16384);
#endif
  if (strcmp(arguments[5], "-") != 0) {
    for (const char *hex = arguments[5]; psk_length < sizeof psk && hex[0] != 0 && hex[1] != 0; hex += 2) {
      unsigned int byte;
      sscanf(hex, "%2x", &byte);
      psk[psk_length++] = (unsigned char)byte;
    }
    wolfSSL_CTX_set_psk_server_tls13_callback(context, find_psk);
  }

  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 16) != 0) fail("no port");
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("listening on %d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    int connection = accept(listener, NULL, NULL);
    if (connection < 0) continue;
    WOLFSSL *ssl = wolfSSL_new(context);
    wolfSSL_set_fd(ssl, connection);
    char protocol[] = "tls13";
    wolfSSL_UseALPN(ssl, protocol, 5, WOLFSSL_ALPN_FAILED_ON_MISMATCH);
    serve(ssl, early);
    int error = wolfSSL_get_error(ssl, 0);
    if (error != 0) fprintf(stderr, "%s\n", wolfSSL_ERR_error_string(error, NULL));
    wolfSSL_free(ssl);
    close(connection);
  }
}
