export function RuleText({ id }: { readonly id: string }) {
  return <>{id}</>;
}
export function MessageRules() {
  return null;
}
