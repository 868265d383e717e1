import { createContext, useContext } from 'react';
import { type Currency, formatMoney, type SignDisplay } from './format-money';

/** The currency of the session that amounts belong to. */
export const MoneyContext = createContext<Currency>({ code: 'EUR', exponent: 2 });

/** Return what writes amounts of the session as text, for labels and live regions. */
export function useMoney(): (minor: number, sign?: SignDisplay) => string {
  const currency = useContext(MoneyContext);
  return (minor, sign = 'auto') => formatMoney(minor, currency, undefined, sign);
}

/** An amount in whole minor units. The only way in which the client shows money. */
export function Money({ amount, sign = 'auto' }: { amount: number; sign?: SignDisplay }) {
  const currency = useContext(MoneyContext);
  return (
    <data className="money" value={amount}>
      {formatMoney(amount, currency, undefined, sign)}
    </data>
  );
}
