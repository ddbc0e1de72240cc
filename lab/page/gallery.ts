import { type PageState, parseAddress } from "./address.ts";

/** A failure that somebody has had, as a list of changes: what became of others can be tried on this client. */
export interface GalleryEntry {
  /** It stands in links to the entry. */
  readonly id: string;
  readonly title: string;
  /** Where it happened, and why it matters. */
  readonly history: string;
  /** A fragment of the page's address. */
  readonly address: string;
}

/** What the page shows for an entry. */
export function stateOf({ address }: GalleryEntry): PageState {
  return parseAddress(address);
}

export const gallery: readonly GalleryEntry[] = [
  // The order of messages
  {
    id: "skipped-finished",
    title: "A skipped Finished",
    history:
      "In 2015 the authors of SMACK walked through the state machines of the TLS libraries of the day. Java's client let a server leave out all that sets up the encryption, and both went on in clear text. Finished is what proves that both sides have seen the same handshake, and nothing of the application's may come before it. Here the server goes straight on to its data.",
    address: "full&insert:Finished@0,application_data&drop:Finished",
  },
  {
    id: "skipped-certificate",
    title: "A skipped certificate",
    history:
      "Whoever leaves out Certificate and CertificateVerify has proved nothing, yet its keys are as good as any: they come of the key exchange alone. wolfSSL's client went along until 2020 (CVE-2020-24613), so that anybody on the way could be any server. Here Finished follows EncryptedExtensions, as if a PSK had been agreed upon; none was.",
    address: "full&drop:Certificate&drop:CertificateVerify",
  },
  {
    id: "early-encrypted-extensions",
    title: "EncryptedExtensions too early",
    history:
      "What a server says before ServerHello it says in clear text, and to nobody in particular: a client that took it would let anybody on the way choose its application protocol. TLS 1.3 encrypts all that can be encrypted, and that holds only where the order is kept.",
    address: "full&swap:ServerHello,EncryptedExtensions",
  },
  {
    id: "second-retry",
    title: "A second HelloRetryRequest",
    history:
      "A server may ask for another hello once. A client that followed it again and again could be kept busy for ever, and would make new keys and say hello anew in each round. One retry is enough: it names what the server wants.",
    address: "hrr&double:HelloRetryRequest",
  },
  {
    id: "early-ccs",
    title: "A change_cipher_spec out of its time",
    history:
      "CVE-2014-0224: OpenSSL took a ChangeCipherSpec at any time, and whoever put one in early on the way made both sides use keys that were made of an empty secret. In TLS 1.3 it means nothing any more; it is there for middleboxes alone, so it is passed over during the handshake, and refused ever after.",
    address: "full&insert:NewSessionTicket@0,change_cipher_spec",
  },
  {
    id: "ccs-within-message",
    title: "Something in the midst of a message",
    history:
      "A message may be cut over several records, but nothing may come between them. Where two layers disagree about what belongs together, an attacker can slip in bytes that one takes for the other's: the miTLS group's alert attack of 2013 made half of an alert in clear text join the half that came encrypted.",
    address: "full&insert:Certificate@100,change_cipher_spec",
  },
  {
    id: "keyupdate-mid-record",
    title: "A KeyUpdate that does not end its record",
    history:
      "What stands behind a message that changes the keys would have been sealed with the old ones, but counts as said under the new. Such joins have been the way to smuggle clear text into a protected stream ever since STARTTLS injection (CVE-2011-0411). So a message that changes the keys has to be the last of its record.",
    address: "keyupdate&append:KeyUpdate,0400",
  },
  // What is agreed upon
  {
    id: "downgrade",
    title: "A downgrade to TLS 1.2",
    history:
      "POODLE (2014) made browsers fall back to SSL 3.0 by cutting their connections until they asked for less. A server that knows TLS 1.3 and is asked for less says so in the last eight bytes of its random, which it signs in TLS 1.2, too, where keys are exchanged by Diffie-Hellman: DOWNGRD and a 1. A client that asked for TLS 1.3 and sees that knows that its hello was changed on the way.",
    address:
      "full&ServerHello@1=000046&ServerHello@30=444f574e47524401&ServerHello@71=c02f&truncate:ServerHello,74",
  },
  {
    id: "unoffered-suite",
    title: "A cipher suite that nobody offered",
    history:
      "FREAK (2015): somebody on the way asked servers for export RSA in the name of clients that had not offered it, and the clients took the keys of 512 bits that came back, which could be broken overnight for about a hundred dollars. A client has to look an answer up in its own offer. Here it is TLS_AES_128_CCM_SHA256, a good suite; it was not offered, and that is enough.",
    address: "full&ServerHello@71=1304",
  },
  {
    id: "unoffered-group",
    title: "A group that nobody offered",
    history:
      "Logjam (2015) led clients into a group of 512 bits that the server still had for exports. In TLS 1.3 the groups have names, and an answer in another one than was offered ends the handshake before anything is computed.",
    address: "full&ServerHello@86=0019",
  },
  {
    id: "zero-share",
    title: "An X25519 share of zeros",
    history:
      "A point of small order makes a secret that everybody knows: zero, whatever the client's key is. The triple handshake attack (2014) needs two connections with one secret: then somebody in between can pass the proofs of one on in the other. A share that settles the secret by itself makes that easy. Whoever agrees upon a key has to look whether the other side had any part in it.",
    address: `full&ServerHello@90=${"00".repeat(32)}`,
  },
  {
    id: "compression",
    title: "Compression",
    history:
      "CRIME (2012) read cookies off the lengths of compressed requests: what repeats a guess gets shorter. TLS 1.3 has no compression, and the field that is left in ServerHello has to be zero.",
    address: "full&ServerHello@73=01",
  },
  {
    id: "wrong-session-id",
    title: "A session id that is not the client's",
    history:
      "To middleboxes TLS 1.3 looks like a TLS 1.2 session that is resumed: the client makes an id up, and the server repeats it. Before it did so, in browsers' trials of 2017, noticeably many connections failed because of boxes on the way that did not know what they saw. An id that comes back changed is not an answer to this hello.",
    address: "full&ServerHello@39=00",
  },
  {
    id: "wrong-protocol",
    title: "An application protocol that nobody offered",
    history:
      "ALPACA (2021) sent browsers' requests to mail and file servers under the same certificate, whose answers then counted as the web site's. ALPN is what tells protocols apart, if both sides hold to it. This server answers with spdy/3.1.",
    address: "full&EncryptedExtensions@17=737064792f332e31",
  },
  // Who it is
  {
    id: "forged-signature",
    title: "A forged signature",
    history:
      "CVE-2014-1266, `goto fail`: one line too many in Apple's code, and the check of the server's signature was jumped over: for about a year and a half on iPhones, for some months on Macs. Certificates are public, and anybody can show one; only who can sign with its key is the one that it names.",
    address: "full&CertificateVerify@40=00",
  },
  {
    id: "sha1-signature",
    title: "A signature with SHA-1",
    history:
      "SLOTH (2016): where MD5 was still taken for signatures of the handshake, an attacker could find two transcripts with one hash, and use the signature of one in the other. SHAttered showed a collision of SHA-1 the year after. TLS 1.3 allows SHA-1 in old certificates at most, never here.",
    address: "full&CertificateVerify@4=0203",
  },
  {
    id: "corrupted-finished",
    title: "A Finished that does not fit",
    history:
      "If anything of the handshake was changed on the way, the two sides have different transcripts, and Finished tells. There have been servers on the net that never looked, and took any. Here four bytes of it are zeros.",
    address: "full&Finished@4=00000000",
  },
  {
    id: "wrong-name",
    title: "A certificate for another name",
    history:
      "In 2012 a study called it the most dangerous code in the world: in merchants' libraries for Amazon and PayPal, in chat clients and in whole middlewares, the name was not checked, or nothing was. Anybody's certificate would do. This one is for other.example.",
    address: "full&certificates:wrong-name",
  },
  {
    id: "null-in-name",
    title: "A zero byte within a name",
    history:
      "In 2009 Moxie Marlinspike and Dan Kaminsky, each by himself, showed what comes of certificates for names such as `www.bank.example\\0.attacker.example`. The authority saw a name under attacker.example; browsers that read names as C does saw what stands in front of the zero.",
    address: "full&certificates:null-in-name",
  },
  {
    id: "not-an-authority",
    title: "A certificate issued by a customer",
    history:
      "In 2002 Moxie Marlinspike showed that Internet Explorer looked whether each certificate was signed by the next one, and not whether that one was an authority: whoever had a certificate could issue others. In 2011 iOS had the same fault again (CVE-2011-0228).",
    address: "full&certificates:not-an-authority",
  },
  {
    id: "expired",
    title: "An expired certificate",
    history:
      "On 6 December 2018 a certificate in Ericsson's software ran out, and millions of O2's customers in Britain had no mobile data for most of a day. It has happened to Microsoft Teams, to Spotify, to Starlink. Expiry is how a certificate stops working when nobody remembers it, which is its purpose.",
    address: "full&certificates:expired",
  },
  {
    id: "old-root",
    title: "A root that came to its end",
    history:
      "On 30 May 2020 AddTrust's root expired, and on 30 September 2021 DST Root CA X3, which had vouched for Let's Encrypt. Programs that tried one path only failed from that day on, against servers that were in order: OpenSSL 1.0 went the old way although a good one was there. Here the server sends both, the old one first; look at the paths that are tried.",
    address: "full&certificates:cross-signed",
  },
  {
    id: "old-path-only",
    title: "Nothing but the old path",
    history:
      "A root has come to its end, and the server has not noticed: it sends the old intermediate alone. The new one exists, with the same name and key, but nobody has it here.",
    address: "full&certificates:old-path-only",
  },
  {
    id: "missing-intermediate",
    title: "A missing intermediate",
    history:
      "One of the most common faults: the server sends its own certificate and not the one that issued it. Browsers that have seen that one elsewhere, or fetch it, hide the fault; every other program meets it.",
    address: "full&certificates:incomplete",
  },
  {
    id: "unknown-root",
    title: "A root that nobody trusts",
    history:
      "In 2015 it came out that Lenovo had sold laptops with Superfish, which had a root of its own trusted, with the same key on each, to place advertisements in encrypted pages. To everybody whose machine lacks such a root, an interceptor looks like this.",
    address: "full&certificates:stranger",
  },
  {
    id: "wrong-purpose",
    title: "A certificate for something else",
    history:
      "Flame (2012) passed for an update of Windows: Microsoft's certificates for the licences of its terminal server could sign programs, too, and a collision of MD5 did the rest. What a certificate is for stands in it, and has to be looked at. This one is for clients.",
    address: "full&certificates:for-clients",
  },
  // Bytes and records
  {
    id: "truncated-certificate",
    title: "A Certificate that breaks off",
    history:
      "Heartbleed (2014) came of one length that was believed: the message said that it held up to 64 KiB, and had next to nothing. Here Certificate ends after 100 bytes and says so, but the lists within still promise more.",
    address: "full&Certificate@1=000060&truncate:Certificate,100",
  },
  {
    id: "corrupted-record",
    title: "A corrupted record",
    history:
      "Lucky Thirteen (2013) and POODLE (2014) tried changed records by the thousand, and learnt a byte from how the answer differed: which alert, or how soon. In TLS 1.3 there is one alert for whatever is wrong with a record, and with an AEAD nothing of it is looked at before its tag is right.",
    address: "full&record:3@60=00",
  },
  {
    id: "truncation",
    title: "An end without close_notify",
    history:
      "A truncation attack: whoever can cut the line can end an answer where it suits. In 2013 it was shown how logging out of web mail can be stopped so, and Cookie Cutter (2014) cut the word Secure off a cookie's line. An end counts only where the other side has said so under its keys.",
    address: "full&cut:7",
  },
  {
    id: "endless-ticket",
    title: "A ticket that never ends",
    history:
      "A ticket is a key to the connections that come of it. With TLS 1.2 many servers kept one key for all their tickets, often for long: who stole it could read every connection whose ticket it had sealed. TLS 1.3 lets no ticket live for longer than a week. This one says sixty-eight years.",
    address: "full&NewSessionTicket@4=7fffffff",
  },
  {
    id: "replayed-ticket",
    title: "A replayed ticket",
    history:
      "Early data can be recorded and sent again, and the server would act on it twice: a payment, a mail. One remedy is to take each ticket once (RFC 9846 §8.1). Here somebody was quicker, and has used up the client's ticket: the server falls back to a full handshake, and the client's early data comes back to it unread. Nothing has failed, and nothing was done twice.",
    address: "0rtt&ticket:used",
  },
];
