import { formatMoney } from '@croupier/ui';

interface MoneyProps {
  readonly amount: number;
  readonly of: { readonly currency: string; readonly exponent: number };
}

/** An amount in whole minor units of a table's own currency. */
export function Money({ amount, of: { currency, exponent } }: MoneyProps) {
  return (
    <data className="money" value={amount}>
      {formatMoney(amount, { code: currency, exponent })}
    </data>
  );
}
