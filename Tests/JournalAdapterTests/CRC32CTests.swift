import JournalAdapter
import Testing

@Suite struct CRC32CTests {
    static let published: [(bytes: [UInt8], checksum: UInt32)] = [
        // The check value of the catalogue of CRC algorithms for CRC-32/ISCSI.
        (Array("123456789".utf8), 0xe306_9283),
        // RFC 3720, appendix B.4.
        ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
        ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
        (Array(UInt8(0)...31), 0x46dd_794e),
        ((UInt8(0)...31).reversed(), 0x113f_db5c),
        ([], 0),
    ]

    @Test(arguments: published) func agreesWithPublishedValues(bytes: [UInt8], expected: UInt32) {
        var check = CRC32C()
        check.update(bytes.span)
        #expect(check.checksum == expected)
    }

    @Test func partsGiveTheChecksumOfTheWhole() {
        let bytes = (0..<100).map { UInt8($0 * 37 & 0xff) }
        var whole = CRC32C()
        whole.update(bytes.span)
        for cut in 0...bytes.count {
            var parts = CRC32C()
            parts.update(bytes.span.extracting(0..<cut))
            parts.update(bytes.span.extracting(cut..<bytes.count))
            #expect(parts.checksum == whole.checksum, "cut at \(cut)")
        }
    }
}
