import CRPM
import SpecFormat

/// Values out of librpm headers.
enum Headers {
  static func string(_ header: Header, _ tag: rpmTag_e) -> String {
    headerGetString(header, rpmTagVal(tag.rawValue)).map { String(cString: $0) } ?? ""
  }

  static func strings(_ header: Header, _ tag: rpmTag_e) -> [String] {
    guard let data = rpmtdNew() else { return [] }
    defer { rpmtdFree(data) }
    guard headerGet(header, rpmTagVal(tag.rawValue), data, headerGetFlags(HEADERGET_MINMEM.rawValue)) == 1
    else { return [] }
    defer { rpmtdFreeData(data) }
    var values: [String] = []
    while let value = rpmtdNextString(data) { values.append(String(cString: value)) }
    return values
  }

  static func nevra(_ header: Header) -> NEVRA {
    let hasEpoch = headerIsEntry(header, rpmTagVal(RPMTAG_EPOCH.rawValue)) == 1
    return NEVRA(
      name: string(header, RPMTAG_NAME),
      evr: EVR(
        epoch: hasEpoch ? Int(headerGetNumber(header, rpmTagVal(RPMTAG_EPOCH.rawValue))) : nil,
        version: string(header, RPMTAG_VERSION), release: string(header, RPMTAG_RELEASE)),
      arch: string(header, RPMTAG_ARCH))
  }

  /// Each once, sorted by text.
  static func dependencies(_ header: Header, _ tag: rpmTag_e) -> [Dependency] {
    guard let set = rpmdsNew(header, rpmTagVal(tag.rawValue), 0) else { return [] }
    defer { rpmdsFree(set) }
    var found: [Dependency] = []
    while rpmdsNext(set) >= 0 {
      let flags = rpmdsFlags(set)
      guard flags & RPMSENSE_RPMLIB.rawValue == 0, let name = rpmdsN(set).map({ String(cString: $0) }) else {
        continue
      }
      if name.utf8.first == UInt8(ascii: "(") {
        found.append(Dependency(text: name, name: ""))
        continue
      }
      let evr = rpmdsEVR(set).map { String(cString: $0) } ?? ""
      let op = evr.isEmpty ? "" : sense(flags)
      found.append(
        op.isEmpty
          ? Dependency(text: name, name: name)
          : Dependency(text: "\(name) \(op) \(evr)", name: name, op: op, evr: evr))
    }
    found.sort { $0.text < $1.text }
    return found.enumerated().filter { $0.offset == 0 || found[$0.offset - 1].text != $0.element.text }
      .map(\.element)
  }

  private static func sense(_ flags: rpmsenseFlags) -> String {
    let less = flags & RPMSENSE_LESS.rawValue != 0
    let greater = flags & RPMSENSE_GREATER.rawValue != 0
    let equal = flags & RPMSENSE_EQUAL.rawValue != 0
    return switch (less, greater, equal) {
    case (true, false, false): "<"
    case (true, false, true): "<="
    case (false, true, false): ">"
    case (false, true, true): ">="
    case (false, false, true): "="
    case (true, true, _), (false, false, false): ""
    }
  }
}
