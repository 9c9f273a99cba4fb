import AzureLinux
import Foundation
import Testing

@Suite("signatures file")
struct SignaturesTests {
  let hex = String(repeating: "ab", count: 32)

  @Test func readsWhatUpstreamReads() throws {
    let text = "\u{FEFF}{ \"signatures\": { \"a.tar.gz\": \"\(hex.uppercased())\" }, \"note\": 1 }"
    let file = try SignaturesFile(Data(text.utf8), path: "a.signatures.json")
    #expect(file.digests == ["a.tar.gz": Digest(hex)!])
  }

  @Test func writesAsUpstreamWrites() {
    let file = SignaturesFile(digests: ["b": Digest(hex)!, "a": Digest(hex)!])
    #expect(file.text == "{\n \"Signatures\": {\n  \"a\": \"\(hex)\",\n  \"b\": \"\(hex)\"\n }\n}")
  }

  @Test(arguments: [
    ("{", "a is not JSON"), ("{}", "a has no \"Signatures\""),
    ("{\"Signatures\":{\"f\":\"12\"}}", "a: \"f\" has no SHA-256"),
  ])
  func mistakesNameTheFile(text: String, start: String) throws {
    let error = try #require(throws: SignaturesError.self) { try SignaturesFile(Data(text.utf8), path: "a") }
    #expect(error.message.hasPrefix(start))
  }
}
