import { cases } from "../cases/extensionMatrix.ts";
import { register } from "./register.ts";

register(cases);
