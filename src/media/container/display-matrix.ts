/** How a player turns the picture, from the matrices of ISO/IEC 14496-12 (8.2.2 and 8.3.2). */

/** The four numbers that turn, mirror and scale: x' = a x + c y, y' = b x + d y, with y pointing down. */
export type Matrix = { readonly a: number; readonly b: number; readonly c: number; readonly d: number };

export type Orientation = {
  /** Degrees clockwise. */
  readonly rotation: 0 | 90 | 180 | 270;
  /** Mirrored left to right before it is turned. */
  readonly isMirrored: boolean;
};

const UPRIGHT: Orientation = { rotation: 0, isMirrored: false };

/** First one matrix, then the other. */
export function multiply(first: Matrix, then: Matrix): Matrix {
  return {
    a: first.a * then.a + first.b * then.c,
    b: first.a * then.b + first.b * then.d,
    c: first.c * then.a + first.d * then.c,
    d: first.c * then.b + first.d * then.d,
  };
}

/** undefined when the picture is not turned by a multiple of 90 degrees. */
export function orientationOf({ a, b, c, d }: Matrix): Orientation | undefined {
  // A matrix of zeros shows nothing; players ignore it.
  if (c === 0 && d === 0) return UPRIGHT;
  const rotation = rotationFromDegrees((Math.atan2(-c, d) * 180) / Math.PI);
  return rotation === undefined ? undefined : { rotation, isMirrored: a * d - b * c < 0 };
}

/** The multiple of 90 nearest to an angle clockwise; undefined when none is within a degree. */
export function rotationFromDegrees(degrees: number): Orientation["rotation"] | undefined {
  const turned = ((degrees % 360) + 360) % 360;
  for (const rotation of [0, 90, 180, 270, 360] as const) {
    if (Math.abs(turned - rotation) <= 1) return rotation === 360 ? 0 : rotation;
  }
  return undefined;
}
