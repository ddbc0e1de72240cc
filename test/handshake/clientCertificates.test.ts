import { cases } from "../cases/clientCertificates.ts";
import { register } from "./register.ts";

register(cases);
