// In place of what pg loads and a page never comes to: DNS, files, a password file, the native client.

export {};
