import { cases } from "../cases/verifier.ts";
import { register } from "./register.ts";

register(cases);
