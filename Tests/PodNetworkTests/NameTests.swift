import Addressing
import PodNetwork
import Testing

@Suite struct NameTests {
    /// Names that the incumbent gives these pods.
    @Test(arguments: [
        ("default", "nginx", "enic440f455693"),
        ("default", "web-0", "eni0d7763386da"),
        ("kube-system", "coredns-5d78c9869d-abcde", "eni4d5f75c480c"),
    ])
    func podsHostVethIsNamedAsTheIncumbentNamesIt(namespace: String, name: String, expected: String) {
        #expect(LinkName.hostVeth(prefix: "eni", namespace: namespace, name: name)?.rawValue == expected)
    }

    /// FIPS 180 examples and the lengths around the padding's turn at 56 and 64 bytes, checked with another implementation.
    @Test(arguments: [
        ("abc", "a9993e36470"),
        ("", "da39a3ee5e6"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3"),
        (String(repeating: "a", count: 55), "c1c8bbdc22796e2"),
        (String(repeating: "a", count: 56), "c2db330f6083854"),
        (String(repeating: "a", count: 63), "03f09f5b158a7a8"),
        (String(repeating: "a", count: 64), "0098ba824b5c164"),
        (String(repeating: "a", count: 65), "11655326c708d70"),
    ])
    func vethOfAnAttachmentIsNamedByItsSHA1(attachment: String, digest: String) {
        #expect(LinkName.hostVeth(prefix: "v", attachment: attachment)?.rawValue == "v" + digest.prefix(11))
    }

    @Test(arguments: ["", "longe", "a/b", "a:", " "]) func prefixThatMakesNoLinkNameIsRefused(prefix: String) {
        #expect(LinkName.hostVeth(prefix: prefix, namespace: "default", name: "nginx") == nil)
        #expect(LinkName.hostVeth(prefix: prefix, attachment: "net/c/eth0") == nil)
    }

    @Test func longestPrefixFillsALinkName() {
        #expect(LinkName.hostVeth(prefix: "cali", namespace: "default", name: "nginx")?.rawValue.utf8.count == LinkName.bytesMax)
    }

    @Test(arguments: ["a", "eth0", "enic440f455693", "123456789012345", "...", "eth0.100", "ü", "a-b_c@d"])
    func nameThatTheKernelTakesIsALinkName(text: String) {
        #expect(LinkName(text)?.rawValue == text)
    }

    @Test(arguments: ["", ".", "..", "1234567890123456", "a/b", "a:b", "a b", "a\n", "a\0", "a\u{7f}", "à", "a%d", "üüüüüüüü"])
    func nameThatTheKernelRefusesIsNone(text: String) {
        #expect(LinkName(text) == nil)
    }

    @Test(arguments: ["", "default/nginx", "net/0123/eth0", "net/0123/eth1"])
    func derivedMACIsUnicastLocallyAdministeredAndStable(text: String) {
        let mac = MACAddress.derived(from: text)
        #expect(mac.octets[0] & 0b11 == 0b10)
        #expect(mac == MACAddress.derived(from: text))
    }

    @Test func derivedMACsOfDifferentTextsDiffer() {
        #expect(Set((0..<2000).map { MACAddress.derived(from: "pod-\($0)") }).count == 2000)
        // Peers outlive the daemon, so the address of a text is fixed: the third to eighth octet of its SHA-1 with two bits set.
        #expect(MACAddress.derived(from: "abc").description == "3e:36:47:06:81:6a")
    }

    @Test(arguments: [
        (KernelErrno.operationNotPermitted, "operation not permitted (EPERM)"),
        (.noSuchEntry, "no such entry (ENOENT)"),
        (.noSuchObject, "no such object (ESRCH)"),
        (.badDescriptor, "bad descriptor (EBADF)"),
        (.permissionDenied, "permission denied (EACCES)"),
        (.busy, "busy (EBUSY)"),
        (.exists, "exists already (EEXIST)"),
        (.noSuchDevice, "no such device (ENODEV)"),
        (.invalidArgument, "invalid argument (EINVAL)"),
        (.outOfRange, "out of range (ERANGE)"),
        (.notSupported, "not supported (EOPNOTSUPP)"),
        (.addressNotAvailable, "address not available (EADDRNOTAVAIL)"),
        (.networkDown, "network is down (ENETDOWN)"),
        (.networkUnreachable, "network is unreachable (ENETUNREACH)"),
        (.noBufferSpace, "no buffer space (ENOBUFS)"),
        (.hostUnreachable, "no route to host (EHOSTUNREACH)"),
        (KernelErrno(rawValue: 28), "no space left (ENOSPC)"),
        (KernelErrno(rawValue: 4095), "error 4095"),
    ])
    func errorNumberSaysWhatItMeansAndItsName(errno: KernelErrno, text: String) {
        #expect("\(errno)" == text)
    }
}
