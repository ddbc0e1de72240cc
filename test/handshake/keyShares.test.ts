import { cases } from "../cases/keyShares.ts";
import { register } from "./register.ts";

register(cases);
