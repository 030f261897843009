/** Deals: on which terms releases may be used. */
import { at } from "./by-family.ts";
import { CHANNEL } from "./party.ts";
import { recordShape } from "./record.ts";
import type { Field, Shape } from "./shape.ts";

const AMOUNTS = ["WholesalePricePerUnit", "BulkOrderWholesalePricePerUnit", "SuggestedRetailPrice"];
const AMOUNT: Shape = {
  name: "amount",
  fields: [
    { key: "amount", kind: "text", at: "" },
    { key: "currency", kind: "text", at: "@CurrencyCode" },
    { key: "amountType", kind: "element", at: [] },
  ],
};

const PRICE: Shape = {
  name: "price",
  fields: [
    { key: "type", kind: "text", at: "@PriceType" },
    { key: "code", kind: "text", at: at(["PriceRangeType", "PriceType"], "PriceCode") },
    { key: "amount", kind: "chosen", from: ["amounts.amount"] },
    { key: "currency", kind: "chosen", from: ["amounts.currency"] },
    { key: "amountType", kind: "chosen", from: ["amounts.amountType"] },
    { key: "amounts", kind: "objects", shape: AMOUNT, at: AMOUNTS, ifMany: true },
  ],
};

const PERIOD: Shape = {
  name: "period",
  fields: [
    { key: "start", kind: "text", at: ["StartDate", "StartDateTime"] },
    { key: "end", kind: "text", at: ["EndDate", "EndDateTime"] },
  ],
};

const DEAL: Shape = {
  name: "deal",
  fields: [
    { key: "ref", kind: "text", at: "DealReference" },
    { key: "commercialModels", kind: "codes", at: "DealTerms/CommercialModelType" },
    { key: "useTypes", kind: "codes", at: at("DealTerms/Usage/UseType", "DealTerms/UseType") },
    { key: "territories", kind: "texts", at: "DealTerms/TerritoryCode" },
    { key: "excludedTerritories", kind: "texts", at: "DealTerms/ExcludedTerritoryCode" },
    { key: "start", kind: "chosen", from: ["periods.start"] },
    { key: "end", kind: "chosen", from: ["periods.end"] },
    { key: "periods", kind: "objects", shape: PERIOD, at: "DealTerms/ValidityPeriod", ifMany: true },
    { key: "prices", kind: "objects", shape: PRICE, at: "DealTerms/PriceInformation" },
    { key: "takeDown", kind: "flag", at: { "3.8": "DealTerms/TakeDown" } },
    { key: "allDealsCancelled", kind: "flag", at: { "3.8": "DealTerms/AllDealsCancelled" } },
    { key: "preOrder", kind: "flag", at: "DealTerms/IsPreOrderDeal" },
    { key: "channels", kind: "objects", shape: CHANNEL, at: "DealTerms/DistributionChannel" },
    { key: "excludedChannels", kind: "objects", shape: CHANNEL, at: "DealTerms/ExcludedDistributionChannel" },
  ],
};

const RELEASE_DEAL: readonly Field[] = [
  { key: "releaseRefs", kind: "texts", at: "DealReleaseReference" },
  { key: "effectiveDate", kind: "text", at: { "3.8": "EffectiveDate" } },
  { key: "deals", kind: "objects", shape: DEAL, at: "Deal" },
];
/** What `deals` of a release is joined from: the entries of `deals` of each that refers to it. */
export const RELEASE_DEALS: Shape = { name: "releaseDeals", fields: RELEASE_DEAL };
export const DEAL_RECORD: Shape = recordShape("deal", RELEASE_DEAL);
