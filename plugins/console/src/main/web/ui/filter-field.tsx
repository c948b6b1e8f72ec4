import { useState, type ComponentProps, type ReactNode } from 'react';
import { TextField } from './field';

/**
 * A field by which a list is narrowed, when Enter is pressed or the field is left. Whoever only passes through it changes
 * nothing, and it stays the same element, so that the focus stays in it.
 *
 * @param value what the list is narrowed by now
 * @param onSettle called with another text than that
 */
export function FilterField({ value, onSettle, children, className, field, ...rest }: {
  value: string;
  onSettle: (text: string) => void;
  /** Beside the field, as an icon. */
  children?: ReactNode;
  /** Of the field itself; the other one is of what is around it. */
  field?: string;
} & Omit<ComponentProps<typeof TextField>, 'value' | 'defaultValue' | 'onChange' | 'onBlur' | 'children'>) {
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setTyped(value);
  }
  const settle = () => {
    const wanted = typed.trim();
    if (wanted !== value) onSettle(wanted);
  };
  return (
    <form
      className={className}
      onSubmit={(event) => {
        event.preventDefault();
        settle();
      }}
    >
      <TextField
        {...rest}
        {...(field === undefined ? {} : { className: field })}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        // A time of which only a part is entered is none yet.
        onBlur={(event) => event.target.validity.badInput || settle()}
      />
      {children}
    </form>
  );
}
