import AzureLinux
import Foundation
import FoundationXML
import Terminal

/// Verdicts in the form that CI systems read: a test suite with a case for each spec.
enum JUnit {
  static func document(_ report: TestReport) -> Data {
    func count(_ verdicts: TestReport.Verdict...) -> String {
      String(report.tests.count { verdicts.contains($0.verdict) })
    }
    let suite = element(
      "testsuite",
      [
        ("name", "azl-dev test"), ("tests", String(report.tests.count)),
        ("failures", count(.failed, .noMarker)), ("errors", count(.error, .blocked)),
        ("skipped", count(.notRun)), ("time", seconds(report.seconds)),
      ])
    for test in report.tests {
      let one = element(
        "testcase", [("classname", "%check"), ("name", test.spec), ("time", seconds(test.seconds))])
      if let outcome = outcome(test) { one.addChild(outcome) }
      if let log = test.log { one.addChild(element("system-out", [], text: log)) }
      suite.addChild(one)
    }
    let root = element("testsuites", [])
    root.addChild(suite)
    let document = XMLDocument(rootElement: root)
    document.version = "1.0"
    document.characterEncoding = "UTF-8"
    return document.xmlData(options: .nodePrettyPrint) + Data([10])
  }

  private static func outcome(_ test: TestReport.Test) -> XMLElement? {
    let lines = (test.failure?.lines ?? []).map(Cells.harmless).joined(separator: "\n")
    let message = test.failure?.message ?? ""
    switch test.verdict {
    case .passed: return nil
    case .notRun: return element("skipped", [("message", "the spec has no %check")])
    case .noMarker:
      return element("failure", [("message", "%check ended and gave no verdict"), ("type", "no_marker")])
    case .failed: return element("failure", [("message", message), ("type", "failed")], text: lines)
    case .error, .blocked:
      return element("error", [("message", message), ("type", test.verdict.rawValue)], text: lines)
    }
  }

  private static func element(
    _ name: String, _ attributes: [(String, String)], text: String? = nil
  ) -> XMLElement {
    let element = XMLElement(name: name, stringValue: text)
    for (name, value) in attributes {
      // because Foundation gives the attribute back as any node
      if let attribute = XMLNode.attribute(withName: name, stringValue: Cells.harmless(value)) as? XMLNode {
        element.addAttribute(attribute)
      }
    }
    return element
  }

  private static func seconds(_ value: Double) -> String { String(format: "%.3f", value) }
}
