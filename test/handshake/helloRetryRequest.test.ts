import { cases } from "../cases/helloRetryRequest.ts";
import { register } from "./register.ts";

register(cases);
