import AWSClient
import SeededRandom
import Testing

struct XMLAnswerTests {
    private struct Answer: Decodable, Equatable {
        var text: String?
        var count: Int?
        var flag: Bool?
        var list: List?
        var inner: Inner?

        struct List: Decodable, Equatable { var item: [String]? }
        struct Inner: Decodable, Equatable { var name: String }
    }

    private func decode(_ xml: String) throws -> Answer { try XMLAnswer.decode(Answer.self, from: Array(xml.utf8)) }

    @Test func whatAWSWritesIsRead() throws {
        let answer = try decode(
            """
            \u{FEFF}<?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment --><R xmlns="http://ec2.amazonaws.com/doc/2016-11-15" b = 'x &gt; y'>
                <text>a &lt;b&gt; &amp; &quot;c&quot; &apos;d&apos; &#233; &#x1F600; <![CDATA[<raw> &amp;]]></text>
                <count>7</count><flag>true</flag><unknown><deep/></unknown>
                <list><item>x</item><!-- between --><item>y</item><item></item></list><inner ><name>n</name></inner >
            </R>
            """)
        #expect(answer.text == "a <b> & \"c\" 'd' é 😀 <raw> &amp;")
        #expect(answer.count == 7 && answer.flag == true)
        #expect(answer.list?.item == ["x", "y", ""] && answer.inner?.name == "n")
    }

    @Test(arguments: ["<R/>", "<R></R>", "<R>\n</R>", "<R><list/><inner/></R>", "<R><list></list></R>"])
    func whatIsAbsentOrEmptyIsNothing(_ xml: String) throws {
        let answer = try decode(xml)
        #expect(answer.text == nil && answer.list == nil && answer.inner == nil)
    }

    @Test(arguments: [
        "<R><count>seven</count></R>", "<R><count/></R>", "<R><flag>yes</flag></R>", "<R><text>a<b/></text></R>",
        "<R><inner><other/></inner></R>",
    ])
    func aValueOfAnotherFormIsRefused(_ xml: String) {
        #expect(throws: XMLAnswer.Fault.self) { try decode(xml) }
    }

    @Test(arguments: [
        "", " ", "text", "<", "<>", "<R", "<R>", "<R><", "<R></", "<R></R", "</R>", "<R></S>", "<R><a></R></a>", "<R/><R/>", "<R/>text",
        "<R a></R>", "<R a=b/>", "<R a=\"b/>", "<R a=\"<\"/>", "<R>&nbsp;</R>", "<R>&#xD800;</R>", "<R>&</R>", "<R>&amp</R>", "<R>&#;</R>",
        "<R><!-- </R>", "<R><![CDATA[ </R>", "<?xml", "<R><?pi?></R>", "<!DOCTYPE R><R/>", "<!DOCTYPE a [<!ENTITY e \"x\">]><R>&e;</R>",
    ])
    func whatIsNoDocumentIsRefused(_ xml: String) {
        #expect(throws: XMLAnswer.Fault.self) { try decode(xml) }
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        #expect(throws: XMLAnswer.Fault.self) {
            try XMLAnswer.decode(Answer.self, from: Array("<R><te".utf8) + [0xd0] + Array("xt/></R>".utf8))
        }
    }

    @Test func elementsThatAreTooDeepAreRefused() throws {
        let deep = { (depth: Int) in String(repeating: "<R>", count: depth) + String(repeating: "</R>", count: depth) }
        _ = try decode(deep(32))
        #expect(throws: XMLAnswer.Fault.self) { try decode(deep(33)) }
        #expect(throws: XMLAnswer.Fault.self) { try decode(String(repeating: "<R>", count: 1_000_000)) }
    }

    /// Whatever comes over a network may be refused and must not end the daemon.
    @Test(arguments: UInt64(1)...50) func damagedDocumentsAreReadOrRefused(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let whole = Array(
            "<?xml version=\"1.0\"?><R a=\"b\"><text>a &lt;&#233; é</text><list><item>x</item><item/></list><inner><name>n</name></inner></R>"
                .utf8)
        for _ in 0..<500 {
            var bytes = whole
            for _ in 0...random.below(4) {
                let position = random.below(bytes.count)
                let end = min(bytes.count, position + random.below(20))
                switch random.below(3) {
                case 0: bytes.removeSubrange(position..<end)
                case 1: bytes.insert(contentsOf: bytes[position..<end], at: random.below(bytes.count))
                default: bytes[position] = UInt8(random.below(256))
                }
                if bytes.isEmpty { bytes = [0] }
            }
            _ = try? XMLAnswer.decode(Answer.self, from: bytes)
        }
    }
}
