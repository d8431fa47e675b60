import Testing
@Test(.enabled(if: false, "needs root")) func sk() {}
