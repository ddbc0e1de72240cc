// The part of pg that is used. Its own types are a package of their own.
declare module "pg" {
  interface QueryConfig {
    readonly text: string;
    readonly rowMode: "array";
  }

  interface QueryResult {
    readonly command: string | null;
    readonly fields: readonly { readonly name: string }[];
    readonly rows: readonly (readonly (string | null)[])[];
  }

  export class Client {
    readonly connection: { on(event: string, listener: () => void): void };
    readonly saslSession: { readonly mechanism: string } | null | undefined;
    constructor(options: object);
    connect(): Promise<unknown>;
    query(query: QueryConfig): Promise<QueryResult | readonly QueryResult[]>;
    end(): Promise<void>;
    on(event: "error", listener: (error: Error) => void): void;
  }
}
