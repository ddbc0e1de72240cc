import { cases } from "../cases/decoding.ts";
import { register } from "./register.ts";

register(cases);
