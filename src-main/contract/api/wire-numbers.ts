/**
 * How infinities are sent over a connection: oRPC supports NaN, but writes infinities as JSON, which turns them into
 * null. Both ends of every connection use it. Types up to 20 are reserved by oRPC.
 */
export const WIRE_NUMBERS = {
  customJsonSerializers: [
    {
      type: 21,
      condition: (value: unknown) => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY,
      serialize: String,
      deserialize: (text: unknown) => {
        if (text !== 'Infinity' && text !== '-Infinity') throw new TypeError('An infinity must be sent as its name.');
        return Number(text);
      },
    },
  ],
};
