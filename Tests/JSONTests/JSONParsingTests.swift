import JSON
import Testing

struct JSONParsingTests {
    @Test(
        arguments: [
            ("null", .null), ("true", true), (" false\n", false), ("[]", []), ("{}", [:]), ("[ ]", []), ("{\t}", [:]),
            ("\"\"", ""), ("12", 12), ("-0", .number(JSONNumber("-0") ?? JSONNumber(1))),
            ("[1,[2,{\"a\":null}]]", [1, [2, ["a": .null]]]),
            (" { \"a\" : [ true , \"b\" ] , \"c\" : -7 } ", ["a": [true, "b"], "c": -7]),
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (#""a\u0041\u00e9\u20AC\ud83d\ude00z""#, "aA\u{e9}€😀z"),
            ("\"grüße 😀 \u{7f}\u{2028}\"", "grüße 😀 \u{7f}\u{2028}"),
            (#""\u0000""#, "\0"),
        ] as [(String, JSONValue)])
    func documentsOfTheGrammarAreRead(text: String, value: JSONValue) throws {
        #expect(try parse(text) == value)
    }

    @Test(arguments: ["0", "-0", "12", "-12.5", "1e9", "1E+9", "0.1e-10", "123456789012345678901234567890", "9007199254740993"])
    func numbersKeepTheirText(text: String) throws {
        let value = try parse(text)
        #expect(value.description == text)
        #expect(JSONNumber(text)?.integer == Int(text))
    }

    @Test(arguments: ["", "+1", "01", "-", "1.", ".5", "1e", "1e+", "0x10", "NaN", "Infinity", "1 ", " 1", "--1", "1_000"])
    func textsThatAreNoNumberMakeNone(text: String) {
        #expect(JSONNumber(text) == nil)
    }

    @Test(
        arguments: [
            ("", .endsEarly, 0), ("  ", .endsEarly, 2), ("nul", .endsEarly, 3), ("nulL", .unexpectedByte(0x4c), 3),
            ("[1,]", .unexpectedByte(0x5d), 3), ("[1 2]", .unexpectedByte(0x32), 3), ("[1", .endsEarly, 2), ("[", .endsEarly, 1),
            ("{\"a\":1,}", .unexpectedByte(0x7d), 7), ("{a:1}", .unexpectedByte(0x61), 1), ("{\"a\" 1}", .unexpectedByte(0x31), 5),
            ("{\"a\":}", .unexpectedByte(0x7d), 5), ("{\"a\":1", .endsEarly, 6), ("{\"a\"", .endsEarly, 4),
            ("1 2", .trailingBytes, 2), ("{}]", .trailingBytes, 2), ("01", .trailingBytes, 1), ("-", .endsEarly, 1),
            ("1.x", .unexpectedByte(0x78), 2), ("2e", .endsEarly, 2), ("'a'", .unexpectedByte(0x27), 0), ("// a", .unexpectedByte(0x2f), 0),
            ("\u{feff}{}", .unexpectedByte(0xef), 0), ("\"a\nb\"", .controlCharacter(0x0a), 2), ("\"\\n\t\"", .controlCharacter(0x09), 3),
            ("\"abc", .endsEarly, 4), ("\"\\", .endsEarly, 2), ("\"\\n", .endsEarly, 3), (#""\x41""#, .unknownEscape, 2),
            (#""\u12g4""#, .unexpectedByte(0x67), 5), (#""\u12"#, .endsEarly, 5), (#""\ud800""#, .loneSurrogate, 2),
            (#""\udc00\ud800""#, .loneSurrogate, 2), (#""\ud83dx""#, .loneSurrogate, 2), (#""\ud83d\n""#, .loneSurrogate, 2),
            (#""\ud83d\ud83d""#, .loneSurrogate, 2),
        ] as [(String, JSONError.Fault, Int)])
    func otherDocumentsAreRefusedAtTheirByte(text: String, fault: JSONError.Fault, byteOffset: Int) {
        let error = #expect(throws: JSONError.self) { try parse(text) }
        #expect(error?.fault == fault)
        #expect(error?.byteOffset == byteOffset)
    }

    @Test(
        arguments: [
            [0x80], [0xc3], [0xc3, 0x28], [0xc0, 0xaf], [0xe0, 0x80, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff],
            [0xf0, 0x9f, 0x98],
        ] as [[UInt8]])
    func stringsThatAreNotUTF8AreRefused(sequence: [UInt8]) {
        for prefix in ["[\"", "[\"\\n"] {
            let error = #expect(throws: JSONError.self) {
                try JSONValue(parsing: Array(prefix.utf8) + sequence + Array("\"]".utf8), bytesMax: 100)
            }
            #expect(error?.fault == .notUTF8)
            #expect(error?.byteOffset == 1)
        }
    }

    @Test func theLineOfAFaultIsCountedFromOne() {
        let error = #expect(throws: JSONError.self) { try parse("{\n  \"a\": 1,\n  \"b\" 2\n}") }
        #expect(error?.line == 3)
        #expect(error.map { "\($0)" } == "unexpected byte 0x32 at byte 18, line 3")
    }

    @Test func nestingIsReadToItsBoundAndRefusedBeyond() throws {
        let deepest = String(repeating: "[", count: JSONValue.depthMax) + String(repeating: "]", count: JSONValue.depthMax)
        #expect(try parse(deepest).description == deepest)
        for (opening, count) in [("[", JSONValue.depthMax + 1), ("[", 100_000), ("{\"a\":", 100_000)] {
            let error = #expect(throws: JSONError.self) { try parse(String(repeating: opening, count: count)) }
            #expect(error?.fault == .tooDeep)
            #expect(error?.byteOffset == opening.utf8.count * JSONValue.depthMax)
        }
    }

    @Test func aDocumentAboveTheGivenSizeIsRefusedUnread() {
        #expect(throws: Never.self) { try JSONValue(parsing: Array("[1,2]".utf8), bytesMax: 5) }
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: Array("[1,2]".utf8), bytesMax: 4) }
        #expect(error?.fault == .tooLarge(bytes: 5, bytesMax: 4))
    }

    @Test func theLastOfTwoMembersOfANameCountsAndBothAreKept() throws {
        let value = try parse(#"{"a":1,"b":2,"a":3}"#)
        #expect(value["a"] == 3)
        #expect(value["c"] == nil)
        #expect(value.description == #"{"a":1,"b":2,"a":3}"#)
    }

    @Test func settingAMemberKeepsItsPlaceAndSettingNilRemovesItWholly() throws {
        var object = try #require(parse(#"{"a":1,"b":2,"a":3}"#).object)
        object["a"] = 4
        object["c"] = 5
        #expect(JSONValue.object(object).description == #"{"a":1,"b":2,"a":4,"c":5}"#)
        object["a"] = nil
        #expect(JSONValue.object(object).description == #"{"b":2,"c":5}"#)
    }

    @Test func writingEscapesWhatMustBeEscapedAndNothingElse() {
        let text = String(String.UnicodeScalarView((0...0x22).compactMap { Unicode.Scalar($0) })) + "\\/é\u{7f}😀"
        #expect(
            JSONValue.string(text).description
                == #""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f"#
                + #"\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017"#
                + #"\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f !\"\\/"# + "é\u{7f}😀\""
        )
    }

    @Test func indentationChangesNothingButWhiteSpace() throws {
        let value = try parse(#"{"a":[1,{"b":[]},"x\n"],"c":{},"d":{"e":null}}"#)
        let text = String(decoding: value.indentedBytes, as: UTF8.self)
        #expect(
            text == """
                {
                  "a": [
                    1,
                    {
                      "b": []
                    },
                    "x\\n"
                  ],
                  "c": {},
                  "d": {
                    "e": null
                  }
                }

                """)
        #expect(try parse(text) == value)
        #expect(JSONValue.null.indentedBytes == Array("null\n".utf8))
    }

    @Test func valuesOfAnotherKindAreReadAsNone() {
        let value: JSONValue = ["text": "1", "number": 1, "fraction": .number(JSONNumber("1.5") ?? JSONNumber(0))]
        #expect(value["text"]?.integer == nil)
        #expect(value["number"]?.string == nil)
        #expect(value["fraction"]?.integer == nil)
        #expect(value["text"]?["text"] == nil)
        #expect(value["number"]?.bool == nil)
        #expect(value.array == nil)
    }
}

/// Parses a text of any size.
func parse(_ text: String) throws(JSONError) -> JSONValue {
    try JSONValue(parsing: Array(text.utf8), bytesMax: 1 << 20)
}
