import { cases } from "../cases/sessionCaches.ts";
import { register } from "./register.ts";

register(cases);
