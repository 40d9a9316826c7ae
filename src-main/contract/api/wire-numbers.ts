/**
 * How the infinities cross a connection: oRPC carries NaN, but writes an infinity as JSON, which turns it into null.
 * Both ends of every connection use it. Types up to 20 are oRPC's own.
 */
export const WIRE_NUMBERS = {
  customJsonSerializers: [
    {
      type: 21,
      condition: (value: unknown) => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY,
      serialize: String,
      deserialize: (text: unknown) => {
        if (text !== 'Infinity' && text !== '-Infinity') throw new TypeError('An infinity is written as its name.');
        return Number(text);
      },
    },
  ],
};
