export { Button, type ButtonProps } from './Button';
export { classes } from './classes';
export { type Currency, formatMoney } from './format-money';
export { Money, MoneyContext, useMoney } from './Money';
