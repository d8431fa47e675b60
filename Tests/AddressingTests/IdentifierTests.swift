import Addressing
import Testing

struct IdentifierTests {
    @Test func anIdentifierKeepsItsText() {
        #expect(ENIID("eni-0a1b2c3d4e5f60718")?.description == "eni-0a1b2c3d4e5f60718")
        #expect(ENIAttachmentID("eni-attach-0a1b")?.rawValue == "eni-attach-0a1b")
        #expect(SubnetID("subnet-0a1b")?.rawValue == "subnet-0a1b")
        #expect(InstanceID("i-0a1b")?.rawValue == "i-0a1b")
        #expect(SecurityGroupID("sg-0a1b")?.rawValue == "sg-0a1b")
    }

    @Test(arguments: ["", "eni", "eni-", "ENI-0a1b", " eni-0a1b", "subnet-0a1b", "0a1b"])
    func textWithoutTheKindAndSomethingBehindItIsRefused(text: String) {
        #expect(ENIID(text) == nil)
    }

    @Test func oneKindIsNotTakenForAnother() {
        #expect(SubnetID("sg-0a1b") == nil)
        #expect(InstanceID("eni-0a1b") == nil)
        #expect(ENIAttachmentID("eni-0a1b") == nil)
    }

    @Test func sixtyFourBytesAreTheMost() {
        #expect(ENIID("eni-" + String(repeating: "a", count: 60)) != nil)
        #expect(ENIID("eni-" + String(repeating: "a", count: 61)) == nil)
    }

    @Test(arguments: ["eni-é", "eni-e\u{301}", "eni-0a1b\u{200b}"]) func textBeyondASCIIIsRefused(text: String) {
        #expect(ENIID(text) == nil)
    }

    @Test func identifiersThatDifferAnywhereAreToldApartAsKeys() {
        let long = "0a1b2c3d4e5f60718"
        let texts = ["a", "b", "ab", "1234567", "12345678", long, "1" + long.dropFirst(), String(long.dropLast()) + "9"].map { "eni-\($0)" }
        var numbers = Dictionary(uniqueKeysWithValues: texts.enumerated().map { (ENIID(unchecked: $1), $0) })
        // Made anew, so that no two share their text.
        for (number, text) in texts.enumerated() { #expect(numbers[ENIID(unchecked: String(Array(text)))] == number) }
        for text in texts { numbers[ENIID(unchecked: text)] = nil }
        #expect(numbers.isEmpty)
    }

    @Test func identifiersSortByTheirText() {
        let identifiers = ["eni-b", "eni-a", "eni-c"].compactMap { ENIID($0) }
        #expect(identifiers.sorted().map(\.rawValue) == ["eni-a", "eni-b", "eni-c"])
    }
}
