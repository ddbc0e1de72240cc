import { cases } from "../cases/certificates.ts";
import { register } from "./register.ts";

register(cases);
