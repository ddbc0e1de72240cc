import { cases } from "../cases/cachedCertificates.ts";
import { register } from "./register.ts";

register(cases);
