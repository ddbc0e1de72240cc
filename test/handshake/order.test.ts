import { cases } from "../cases/order.ts";
import { register } from "./register.ts";

register(cases);
