# workerd serve workerd.capnp; main.mjs bundles the Worker and sets what it takes from the environment.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    # A Worker may reach what is on this machine only where it is allowed to.
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "dist/worker.js")],
  compatibilityDate = "2026-01-01",
  # For pg, which asks for Buffer, events and crypto.
  compatibilityFlags = ["nodejs_compat"],
  bindings = [
    (name = "HOST", fromEnvironment = "HOST"),
    (name = "PORT", fromEnvironment = "PORT"),
    (name = "ROOT", fromEnvironment = "ROOT"),
    (name = "CERTIFICATES", fromEnvironment = "CERTIFICATES"),
  ],
);
