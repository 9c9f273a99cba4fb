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

  @Test func namesAreWrittenAsGoWritesThem() throws {
    let file = SignaturesFile(digests: ["a&b\"<c>": Digest(hex)!, "Z": Digest(hex)!, "é": Digest(hex)!])
    #expect(
      file.text
        == "{\n \"Signatures\": {\n  \"Z\": \"\(hex)\",\n  \"a\\u0026b\\\"\\u003cc\\u003e\": \"\(hex)\",\n  \"é\": \"\(hex)\"\n }\n}"
    )
    #expect(try SignaturesFile(Data(file.text.utf8), path: "a").digests == file.digests)
    #expect(SignaturesFile(digests: [:]).text == "{\n \"Signatures\": {}\n}")
  }

  @Test func aNewlineAtTheEndOfTheFileStays() {
    let file = SignaturesFile(digests: ["a": Digest(hex)!])
    #expect(file.text(replacing: Data("{}\n".utf8)) == file.text + "\n")
    #expect(file.text(replacing: Data("{}".utf8)) == file.text)
    #expect(file.text(replacing: nil) == file.text)
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
