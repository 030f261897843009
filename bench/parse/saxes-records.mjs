// From trees of elements to records, as mm's are: what a store needs of a release, by hand for what version 3 and version 4 of ERN have.

const childrenOf = (element, name) => element?.children.filter((child) => child.name === name) ?? [];
const childOf = (element, name) => element?.children.find((child) => child.name === name);
/** Text at a path of names, null when there is none. */
function textAt(element, ...path) {
  let at = element;
  for (const name of path) at = childOf(at, name);
  return at?.text ?? null;
}
const codeOf = (element) => element?.attributes.UserDefinedValue ?? element?.text ?? null;
const flagOf = (text) => (text === null ? null : text === "true" || text === "1");
const numberOf = (text) => (text === null ? null : Number(text));

function millisecondsOf(duration) {
  const parts = /^P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(duration ?? "");
  if (parts === null) return null;
  const [days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return 1000 * (((days * 24 + hours) * 60 + minutes) * 60 + seconds);
}

const idOf = (element) => ({ ns: element.attributes.Namespace ?? null, value: element.text });

function titleOf(element) {
  const { TitleType = null, LanguageAndScriptCode = null, ApplicableTerritoryCode = null, IsDefault = null } = element.attributes;
  return {
    text: textAt(element, "TitleText"),
    subTitle: textAt(element, "SubTitle"),
    type: TitleType ?? (element.name === "Title" ? null : element.name),
    lang: LanguageAndScriptCode,
    territory: ApplicableTerritoryCode,
    default: flagOf(IsDefault),
  };
}

function creditOf(element) {
  const reference = element.children.find(({ name }) => name.endsWith("PartyReference"));
  return {
    name: textAt(element, "PartyName", "FullName"),
    role: codeOf(element.children.find(({ name }) => name.endsWith("Role"))),
    seq: numberOf(element.attributes.SequenceNumber ?? null),
    partyRef: reference?.text ?? null,
    partyIds: childrenOf(element, "PartyId").map(idOf),
  };
}

function lineOf(element) {
  return element === undefined ? null : { year: textAt(element, "Year"), text: textAt(element, `${element.name}Text`) };
}

const creditsOf = (element, ...names) => names.flatMap((name) => childrenOf(element, name)).map(creditOf);

/** The titles, and the one that stands for them. */
function titlesOf(titles) {
  const all = titles.map(titleOf);
  const chosen = all.find((title) => title.default) ?? all.find(({ type }) => type === "DisplayTitle") ?? all[0];
  return { title: chosen?.text ?? null, subTitle: chosen?.subTitle ?? null, titles: all };
}

export function partyOf(element) {
  return {
    ref: textAt(element, "PartyReference"),
    name: textAt(element, "PartyName", "FullName"),
    ids: childrenOf(element, "PartyId").flatMap(({ children }) => children.map((id) => ({ type: id.name, ...idOf(id) }))),
  };
}

export function resourceOf(element, isVersion3) {
  const kind = element.name;
  const blocks = isVersion3 ? childrenOf(element, `${kind}DetailsByTerritory`) : [element];
  const details = blocks[0];
  const edition = childOf(element, "SoundRecordingEdition") ?? element;
  const technical = isVersion3 ? childrenOf(details, `Technical${kind}Details`) : childrenOf(edition, "TechnicalDetails");
  const titles = isVersion3 ? blocks.flatMap((block) => childrenOf(block, "Title")) : childrenOf(element, "DisplayTitle");
  const duration = textAt(element, "Duration");
  const warning = codeOf(childOf(details, "ParentalWarningType"));
  return {
    ref: textAt(element, "ResourceReference"),
    kind,
    type: codeOf(childOf(element, isVersion3 ? `${kind}Type` : "Type")),
    isrc: textAt(isVersion3 ? childOf(element, "SoundRecordingId") : childOf(edition, "ResourceId"), "ISRC"),
    ids: childrenOf(childOf(element, isVersion3 ? `${kind}Id` : "ResourceId"), "ProprietaryId").map(idOf),
    ...titlesOf(titles),
    displayArtist: textAt(details, "DisplayArtistName"),
    artists: creditsOf(details, "DisplayArtist"),
    contributors: creditsOf(details, "ResourceContributor", "IndirectResourceContributor", "Contributor"),
    durationIso: duration,
    durationMs: millisecondsOf(duration),
    isInstrumental: flagOf(textAt(element, "IsInstrumental")),
    isBonus: flagOf(textAt(element, "IsBonusResource")),
    parentalWarning: warning,
    explicit: warning === null ? null : warning.startsWith("Explicit"),
    pLine: lineOf(childOf(isVersion3 ? details : edition, "PLine")),
    language: textAt(element, "LanguageOfPerformance"),
    files: technical.flatMap(filesOf),
  };
}

/** Version 4.3 has a delivery around each file. */
function filesOf(technical) {
  const deliveries = childrenOf(technical, "DeliveryFile");
  return (deliveries.length > 0 ? deliveries : [technical]).map((encoded) => {
    const file = childOf(encoded, "File");
    return {
      uri: textAt(file, "URI") ?? textAt(file, "URL"),
      path: textAt(file, "FilePath"),
      name: textAt(file, "FileName"),
      hash: textAt(file, "HashSum", "HashSumValue") ?? textAt(file, "HashSum", "HashSum"),
      size: textAt(file, "FileSize"),
      codec: codeOf(childOf(encoded, "AudioCodecType") ?? childOf(encoded, "ImageCodecType")),
      bitRate: textAt(encoded, "BitRate"),
      samplingRate: textAt(encoded, "SamplingRate"),
      channels: numberOf(textAt(encoded, "NumberOfChannels")),
      bits: numberOf(textAt(encoded, "BitsPerSample")),
      isPreview: flagOf(textAt(technical, "IsPreview") ?? textAt(technical, "IsClip")),
    };
  });
}

export function releaseOf(element, isVersion3) {
  const blocks = isVersion3 ? childrenOf(element, "ReleaseDetailsByTerritory") : [element];
  const details = blocks[0];
  const ids = childOf(element, "ReleaseId");
  const catalogNumber = childOf(ids, "CatalogNumber");
  const genres = childrenOf(details, "Genre").map((genre) => ({ genre: textAt(genre, "GenreText"), subGenre: textAt(genre, "SubGenre") }));
  const titles = isVersion3 ? blocks.flatMap((block) => childrenOf(block, "Title")) : childrenOf(element, "DisplayTitle");
  return {
    ref: textAt(element, "ReleaseReference"),
    kind: element.name,
    isMain: flagOf(element.attributes.IsMainRelease ?? null),
    releaseTypes: childrenOf(element, "ReleaseType").map(codeOf),
    ids: {
      grid: textAt(ids, "GRid"),
      icpn: textAt(ids, "ICPN"),
      isrc: textAt(ids, "ISRC"),
      catalogNumber: catalogNumber === undefined ? null : idOf(catalogNumber),
      proprietary: childrenOf(ids, "ProprietaryId").map(idOf),
    },
    ...titlesOf(titles),
    displayArtist: textAt(details, "DisplayArtistName"),
    artists: creditsOf(details, "DisplayArtist"),
    label: textAt(details, "LabelName"),
    labelRef: textAt(element, "ReleaseLabelReference"),
    genre: genres[0]?.genre ?? null,
    subGenre: genres[0]?.subGenre ?? null,
    genres,
    releaseDate: textAt(details, "ReleaseDate"),
    originalReleaseDate: textAt(element, "GlobalOriginalReleaseDate") ?? textAt(element, "OriginalReleaseDate"),
    parentalWarning: codeOf(childOf(details, "ParentalWarningType")),
    pLine: lineOf(childOf(element, "PLine")),
    cLine: lineOf(childOf(element, "CLine")),
    durationMs: millisecondsOf(textAt(element, "Duration")),
    items: itemsOf(element, details),
  };
}

/** References of a release with disc and place, from its groups; of one without groups its references alone. */
function itemsOf(element, details) {
  const items = [];
  const walk = (group, disc) => {
    for (const child of group.children) {
      if (child.name === "ResourceGroup") walk(child, numberOf(textAt(child, "SequenceNumber")) ?? disc);
      else if (child.name === "LinkedReleaseResourceReference") items.push({ ref: child.text, seq: null, disc });
      else if (child.name === "ResourceGroupContentItem") {
        items.push({ ref: textAt(child, "ReleaseResourceReference"), seq: numberOf(textAt(child, "SequenceNumber")), disc });
      }
    }
  };
  const groups = childrenOf(details, "ResourceGroup");
  for (const group of groups) walk(group, 1);
  if (groups.length === 0) {
    for (const { text } of childrenOf(element, "ReleaseResourceReference")) items.push({ ref: text, seq: 1, disc: 1 });
  }
  return items;
}

export function dealsOf(element) {
  return {
    references: childrenOf(element, "DealReleaseReference").map(({ text }) => text),
    deals: childrenOf(element, "Deal").map(dealOf),
  };
}

function dealOf(deal) {
  const terms = childOf(deal, "DealTerms");
  const usage = childrenOf(terms, "Usage");
  const period = childOf(terms, "ValidityPeriod");
  return {
    commercialModels: childrenOf(terms, "CommercialModelType").map(codeOf),
    useTypes: [terms, ...usage].flatMap((each) => childrenOf(each, "UseType")).map(codeOf),
    territories: childrenOf(terms, "TerritoryCode").map(({ text }) => text),
    excludedTerritories: childrenOf(terms, "ExcludedTerritoryCode").map(({ text }) => text),
    start: textAt(period, "StartDate") ?? textAt(period, "StartDateTime"),
    end: textAt(period, "EndDate") ?? textAt(period, "EndDateTime"),
    prices: childrenOf(terms, "PriceInformation").map(priceOf),
    takeDown: flagOf(textAt(terms, "TakeDown")),
    preOrder: flagOf(textAt(terms, "IsPreOrderDeal")),
    channels: childrenOf(terms, "DistributionChannel").map(creditOf),
  };
}

function priceOf(price) {
  const amount = childOf(price, "WholesalePricePerUnit");
  return {
    type: price.attributes.PriceType ?? null,
    code: textAt(price, "PriceCode") ?? textAt(price, "PriceType"),
    amount: amount?.text ?? null,
    currency: amount?.attributes.CurrencyCode ?? null,
  };
}
