import { cases } from "../cases/encryptedExtensions.ts";
import { register } from "./register.ts";

register(cases);
