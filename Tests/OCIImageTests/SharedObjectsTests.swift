import Foundation
import OCIImage
import Testing

struct SharedObjectsTests {
    @Test func whatLddPrintsIsReadWithoutTheKernelsOwn() throws {
        let text = """
            \tlinux-vdso.so.1 (0x00007f172bb2c000)
            \tlibnl-3.so.200 => /lib/x86_64-linux-gnu/libnl-3.so.200 (0x00007f172ba67000)
            \tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f1725c1e000)
            \t/lib64/ld-linux-x86-64.so.2 (0x00007f172bb2e000)

            """
        let paths = try SharedObjects.paths(in: text, of: "berthd")
        #expect(paths == ["/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libnl-3.so.200", "/lib64/ld-linux-x86-64.so.2"])
    }

    @Test func aLibraryThatIsMissingIsNamed() {
        #expect {
            try SharedObjects.paths(in: "\tlibnftables.so.1 => not found\n", of: "berthd")
        } throws: {
            "\($0)".contains("berthd needs libnftables.so.1")
        }
    }

    @Test func aProgramOfTheSystemNeedsTheCLibraryAndItsLinker() throws {
        let names = try SharedObjects.needed(by: URL(filePath: "/bin/ls")).map { URL(filePath: $0).lastPathComponent }
        #expect(names.contains("libc.so.6") && names.contains { $0.hasPrefix("ld-linux") }, "\(names)")
    }
}
