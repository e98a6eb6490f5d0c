/**
 * The error function 2/√π · ∫₀ˣ e^(−t²) dt to full double precision, which JavaScript lacks.
 *
 * The rational approximations are those of s_erf.c of fdlibm (netlib.org/fdlibm); its notice reads:
 *
 *   Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved.
 *   Developed at SunPro, a Sun Microsystems, Inc. business.
 *   Permission to use, copy, modify, and distribute this software is freely granted, provided that
 *   this notice is preserved.
 */

// |x| < 0.84375: erf x = x + x·P(x²)/Q(x²). Coefficients are written from the constant one up.
const NEAR_ZERO = [
  [
    1.28379167095512558561e-1, -3.2504210724700149937e-1, -2.84817495755985104766e-2,
    -5.77027029648944159157e-3, -2.37630166566501626084e-5,
  ],
  [
    1, 3.97917223959155352819e-1, 6.50222499887672944485e-2, 5.08130628187576562776e-3,
    1.32494738004321644526e-4, -3.9602282787753681232e-6,
  ],
];

// |x| < 1.25: erf x = 0.845… + P(|x| − 1)/Q(|x| − 1).
const AT_ONE = 8.45062911510467529297e-1;
const NEAR_ONE = [
  [
    -2.36211856075265944077e-3, 4.14856118683748331666e-1, -3.72207876035701323847e-1,
    3.18346619901161753674e-1, -1.10894694282396677476e-1, 3.54783043256182359371e-2,
    -2.166375594868790843e-3,
  ],
  [
    1, 1.06420880400844228286e-1, 5.40397917702171048937e-1, 7.18286544141962662868e-2,
    1.26171219808761642112e-1, 1.36370839120290507362e-2, 1.1984499846799107417e-2,
  ],
];

// Beyond: 1 − erf x = e^(−x² − 0.5625 + R(1/x²)/S(1/x²))/x, up to 1/0.35 and from there on.
const MIDDLE = [
  [
    -9.86494403484714822705e-3, -6.93858572707181764372e-1, -1.05586262253232909814e1,
    -6.23753324503260060396e1, -1.62396669462573470355e2, -1.84605092906711035994e2,
    -8.12874355063065934246e1, -9.81432934416914548592,
  ],
  [
    1, 1.96512716674392571292e1, 1.376577541435190426e2, 4.34565877475229228821e2,
    6.45387271733267880336e2, 4.29008140027567833386e2, 1.08635005541779435134e2,
    6.57024977031928170135, -6.04244152148580987438e-2,
  ],
];
const FAR = [
  [
    -9.86494292470009928597e-3, -7.99283237680523006574e-1, -1.77579549177547519889e1,
    -1.60636384855821916062e2, -6.37566443368389627722e2, -1.02509513161107724954e3,
    -4.83519191608651397019e2,
  ],
  [
    1, 3.03380607434824582924e1, 3.25792512996573918826e2, 1.53672958608443695994e3,
    3.19985821950859553908e3, 2.55305040643316442583e3, 4.74528541206955367215e2,
    -2.24409524465858183362e1,
  ],
];

/** The value at z of one polynomial divided by another. */
function ratio([above, below], z) {
  return polynomial(above, z) / polynomial(below, z);
}

/** Horner's rule. */
function polynomial(coefficients, z) {
  let sum = 0;
  for (let k = coefficients.length - 1; k >= 0; k--) sum = sum * z + coefficients[k];
  return sum;
}

/**
 * The error function.
 * @param {number} x
 * @returns {number}
 */
export function erf(x) {
  const size = Math.abs(x);
  if (!(size < 6)) return size >= 6 ? Math.sign(x) : NaN; // 1 − erf 6 is below half a unit
  if (size < 0.84375) return x + x * ratio(NEAR_ZERO, x * x);
  if (size < 1.25) return Math.sign(x) * (AT_ONE + ratio(NEAR_ONE, size - 1));
  const rest = ratio(size < 1 / 0.35 ? MIDDLE : FAR, 1 / (size * size));
  const head = Math.fround(size); // head² has no rounding, so that e^(−x²) loses no digits
  const tail = Math.exp(-head * head - 0.5625) * Math.exp((head - size) * (head + size) + rest);
  return Math.sign(x) * (1 - tail / size);
}
