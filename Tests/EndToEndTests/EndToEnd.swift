import Testing

/// The whole path, proven from outside: the built programs, a simulated VPC, real namespaces, real pings.
///
/// One test at a time, since each has daemons of its own on the machine's processors.
@Suite(
    .serialized,
    .enabled(
        if: Privileges.areHeld || Privileges.areRequired,
        "needs root, to make network namespaces; BERTH_REQUIRE_PRIVILEGED=1 makes its absence a failure"),
    .timeLimit(.minutes(5)))
struct EndToEnd {
    @Test func theProgramsAreBuiltAndMayMakeNamespaces() {
        #expect(Programs.missing == [], "build them with make build")
        #expect(Privileges.areHeld, "BERTH_REQUIRE_PRIVILEGED=1, but this is not root")
    }
}
